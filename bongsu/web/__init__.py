"""The hall: settings, addresses, accounts, base templates, errors as HTTP. It decides nothing."""

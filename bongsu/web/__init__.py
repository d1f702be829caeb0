"""The Django site: settings, URLs, accounts, base templates and errors as HTTP responses. It has no domain logic."""

"""The pages of awards: own.py for the owner and her team, desk.py for officers."""

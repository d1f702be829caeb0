"""Encryption of confidential records with BONGSU_RECORDS_KEY, in the database and on disk.

| file | what it does |
| --- | --- |
| keys.py | keys and their ids; seals bytes and opens them (AES-256-GCM) |
| fields.py | fields of models whose content is sealed, bound to its row |
| rows.py | counts what is not sealed with the first key, and seals it |

Without a key records are written as they are; those that were sealed stay so, and are not shown without their key.
"""

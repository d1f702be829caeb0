"""Holdings of private microdata, and questions about them as query expressions."""

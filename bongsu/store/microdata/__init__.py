"""Holdings of private microdata, and the query expressions of questions about them."""

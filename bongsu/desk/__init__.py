"""The only door to holdings: a question goes in, an answer that protects every contributor comes out.

question -> engine -> disclosure control -> differencing guard -> answer, with a line in the journal at each end.
Nothing else reads microdata, and nothing here returns a row of it.
"""

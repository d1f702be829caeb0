"""How far AI reaches into occupations, by published indices side by side, and how many people work in them."""

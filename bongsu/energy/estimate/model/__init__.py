"""The fitted models: energy of text, images and videos at the chip, and the factors to wider boundaries."""

"""The networks, built by torchvision so that their weights load there unchanged."""

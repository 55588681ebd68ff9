"""The OpenAPI document as one page of plain HTML: nothing is loaded from elsewhere, so it works offline."""

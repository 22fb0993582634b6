"""Global and local heads in vision transformers, as GLiT searches them."""

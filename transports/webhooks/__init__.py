"""What happens in a box, posted to an address that its software chose."""

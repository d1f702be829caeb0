"""The ground: pure values that every room may use. No disk, no net, no web, no clock."""

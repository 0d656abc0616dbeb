"""Hand-written gateware around a melted core: serial port, link, top level."""

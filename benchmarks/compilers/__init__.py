"""The same networks by the compilers that others wrote, through the same tools."""

"""Reports of builds: checks, plots, pages, comparisons."""

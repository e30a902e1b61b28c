"""Files that survive a loss of power, and checksums of folders."""

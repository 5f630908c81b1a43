"""The frame of every service's pages and the answers of every service's HTTP door."""

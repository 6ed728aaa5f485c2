"""What the jobs' ports are served by; each module knows the core and one third party."""

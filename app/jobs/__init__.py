"""The shell: straight lines that gather, decide and show; they decide nothing themselves."""

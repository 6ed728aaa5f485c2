"""Assay: the security posture of image changes and policy changes, in the pull request, as a merge gate."""

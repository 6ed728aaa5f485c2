"""The main job on a sample GitOps repository, offline."""

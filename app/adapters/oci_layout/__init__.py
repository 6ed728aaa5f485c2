"""An OCI image layout on disk, behind the registry port."""

from app.adapters.oci_layout.layout import HOST, OciLayout

__all__ = ["HOST", "OciLayout"]

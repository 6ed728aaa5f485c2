"""A tag that stands alone in the values of a release."""

from __future__ import annotations

from app.formats import find_images

RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: jenkins}
spec:
  values:
    controller:
      tag: 2.488-819
    source: {url: "https://github.com/acme/x", tag: v1}
"""


def test_a_tag_alone_in_the_values_of_a_release_is_an_image_that_the_chart_names() -> None:
    (use,) = find_images("jenkins.yaml", RELEASE)
    assert (use.name, use.tag, use.line, use.field) == (None, "2.488-819", 7, "spec.values.controller")


def test_a_tag_alone_outside_the_values_of_a_release_is_none() -> None:
    assert find_images("a.yaml", RELEASE.replace("HelmRelease", "Jenkins")) == ()

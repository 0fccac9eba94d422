"""The least IAM role for a selection of checks, as YAML."""

from __future__ import annotations

from diag.plan.permissions import Permissions


def role_yaml(needed: Permissions, what: str) -> str:
    """The role as `gcloud iam roles create ROLE --project PROJECT --file FILE` takes it; `what` says for what."""
    lines = [
        f"# What {what} reads, and nothing else. Create and grant it:",
        "#   gcloud iam roles create diagViewer --project PROJECT --file role.yaml",
        "#   gcloud projects add-iam-policy-binding PROJECT --member MEMBER --role projects/PROJECT/roles/diagViewer",
        'title: "diag viewer"',
        f'description: "Read-only: what {what} reads."',
        "stage: GA",
        "includedPermissions:",
        *(f"- {name}" for name in needed.project),
    ]
    if needed.above:
        lines += [
            "# A role of a project cannot hold these; grant them on its folder or organization, for example with",
            "# roles/browser and roles/iam.securityReviewer, to see what is granted there:",
            *(f"#   {name}" for name in needed.above),
        ]
    return "\n".join(lines) + "\n"

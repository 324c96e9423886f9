"""django-post-office as its documentation sets it up; runs in an environment of its own and imports nothing of ours."""

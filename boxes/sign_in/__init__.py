"""How a person gets in: password, second factor, the organization's provider, and for how long.

django-allauth does the work and django-axes counts the failures; what stands here is what
MessageBox adds to them: its log, its keys, its boxes, and pages of its own.
"""

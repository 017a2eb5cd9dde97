"""How long the end of the service may take; whatever runs it must wait longer."""

# How long a load balancer has to notice that the service goes away.
DRAIN_SECONDS = 1
# How long requests under way may take after that.
GRACE_SECONDS = 25

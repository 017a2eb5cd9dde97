"""What others see of the running service: metrics, traces and errors, each where it is set."""

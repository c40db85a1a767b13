"""Real Celery workers behind real brokers."""

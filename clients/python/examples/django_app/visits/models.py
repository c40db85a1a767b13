"""Visits, and what was done about them."""

from django.db import models


class Visit(models.Model):
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()


class Reminded(models.Model):
    """A reminder that was sent: one row for each occurrence, however often it is handed over."""

    occurrence_id = models.CharField(max_length=200, primary_key=True)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE)
    reminder = models.CharField(max_length=128)

"""Routes."""

from django.urls import path
from visits import views

urlpatterns = [path("visits", views.visits), path("hook", views.hook)]

from django.urls import path

from boxes.demo import views

urlpatterns = [
    path("", views.front),
    path("demo/", views.page, name="demo"),
]

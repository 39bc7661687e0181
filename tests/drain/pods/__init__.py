"""Real pods told to leave, hundreds of times, on the development cluster under live streams."""

"""What Smelt measures about itself: accuracy, area, time. Never asserted in timed tests."""

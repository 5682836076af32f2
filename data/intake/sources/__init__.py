"""One small module a feed or file format; each yields CameraRecord."""

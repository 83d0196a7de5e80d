"""AnnoMI's source file as a corpus of this project; its texts are no part of the repository."""

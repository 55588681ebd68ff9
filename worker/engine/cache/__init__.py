"""The teacher's logits by view: computed once, kept beside the artifacts, shared by all jobs of a machine."""

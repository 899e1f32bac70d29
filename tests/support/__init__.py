"""Peers and clients that tests talk to; none of them is made of the code under test."""

"""The rules, pure: may they see it?"""

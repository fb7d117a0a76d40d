# SPDX-License-Identifier: Apache-2.0
"""How sampled texts begin, so that they do not all become the one that the model likes best."""

PROSE = (
    "The", "In the beginning of the nineteenth century", "It was a quiet morning when", "She had never seen",
    "The old man looked at", "Once upon a time, in a village by the sea,", "My grandmother used to say", "Chapter 3\n\n",
    "\"I don't know,\" he said,", "The river flows", "When the war ended,", "He opened the letter and",
    "There was a time when", "The city of", "On the third day of the voyage", "Few people remember",
)
EXPOSITION = (
    "Photosynthesis is the process by which", "The human heart", "Researchers have found that", "In this paper, we",
    "According to the report,", "The capital of", "The history of", "A computer is", "Climate change", "In mathematics, a group is",
    "The theory of", "Vitamins are", "The law states that", "In economics, inflation", "Electric motors", "Let x be a real number such that",
)
LISTS = (
    "There are three main reasons why", "1. Introduction\n\n", "Ingredients:\n\n-", "To make bread, you need", "Steps to follow:\n1.",
    "Checklist for travel:\n\n*", "| Name | Value |\n|---|---|\n", "Table of contents\n\n1.", "Here are some tips for", "Pros:\n-",
)
CODE = (
    "def main():\n", "#include <stdio.h>\n", "import java.util.List;\n\npublic class ", "SELECT name, ", "{\"name\": ",
    "class Node:\n    def __init__(self", "/**\n * Returns the ", "for (int i = 0; i < n; i++) {\n", "```python\nimport ",
    "## Installation\n\n", "# Getting started\n\nThis document", "static int ", "The function takes two arguments:", "package ",
    "public static void main(String[] args) {\n", "function ",
)
QUESTIONS = (
    "Q: What is the difference between", "Question: Why do", "How can I", "User: Can you explain", "Question: What is the capital of",
    "Why is the sky", "What would happen if", "Q: Which of the following",
)
LETTERS = ("Dear Sir or Madam,", "Hi everyone,\n\n", "To whom it may concern:", "From: ", "The committee met on Tuesday to discuss")

TEXTS = {"prose": PROSE, "exposition": EXPOSITION, "lists": LISTS, "code": CODE, "questions": QUESTIONS, "letters": LETTERS}

# What users of a chat ask for. The first words are given, the model writes the rest of the question and the answer.
CHAT = (
    "", "What is", "How do I", "Write a", "Explain", "Can you", "Give me", "Why", "Summarize", "Translate", "I want to",
    "Tell me about", "Help me", "List", "Create a", "What are the", "Hello", "Is it", "Write a Python function that", "My",
)

# SPDX-License-Identifier: Apache-2.0
"""Kullback-Leibler divergence of next-token distributions, without the logits of a whole step in memory."""

import torch
import torch.nn.functional as F

CHUNK = 128


class HeadDivergence(torch.autograd.Function):
    """Mean divergence of the student's distribution from the teacher's, over positions.

    Heads are frozen, so the gradient of the student's hidden states is known with the loss: softmax(student) −
    softmax(teacher), times the head.
    """

    @staticmethod
    def forward(context, student: torch.Tensor, teacher: torch.Tensor, student_head: torch.Tensor, teacher_head: torch.Tensor):
        """Normalised hidden states [positions, embedding] and heads [vocabulary, embedding], bfloat16."""
        gradient = torch.empty_like(student)
        total = 0.0
        for begin in range(0, len(student), CHUNK):
            part = slice(begin, begin + CHUNK)
            divergence, gradient[part] = chunk_divergence(student[part], teacher[part], student_head, teacher_head)
            total += divergence.item()
        context.save_for_backward(gradient)
        context.positions = len(student)
        return student.new_tensor(total / len(student), dtype=torch.float32)

    @staticmethod
    def backward(context, outer):
        (gradient,) = context.saved_tensors
        return gradient * (outer / context.positions).to(gradient.dtype), None, None, None


def chunk_divergence(student, teacher, student_head, teacher_head):
    """The sum of divergences of some positions, and its gradient."""
    divergence, gradient = divergence_of_logits(F.linear(student, student_head), F.linear(teacher, teacher_head))
    return divergence, gradient @ student_head


@torch.compile(dynamic=False)
def divergence_of_logits(student: torch.Tensor, teacher: torch.Tensor):
    """The same for logits [positions, vocabulary], bfloat16; the gradient is that of the student's logits."""
    student, teacher = student.float(), teacher.float()
    student_sum, teacher_sum = student.logsumexp(-1, keepdim=True), teacher.logsumexp(-1, keepdim=True)
    probability = (teacher - teacher_sum).exp()
    divergence = (probability * (teacher - student)).sum() + (student_sum - teacher_sum).sum()
    return divergence, ((student - student_sum).exp() - probability).bfloat16()


def hidden_error(student: torch.Tensor, teacher: torch.Tensor, deviation: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of hidden states, each element in units of its deviation over the teacher's tokens."""
    return ((student - teacher) / deviation).pow(2).mean()

# SPDX-License-Identifier: Apache-2.0
"""Kullback-Leibler divergence of next-token distributions, without the logits of a whole step in memory."""

import torch
import torch.nn.functional as F

CHUNK = 128


class HeadDivergence(torch.autograd.Function):
    """Mean divergence of the student's distribution from the teacher's, over positions.

    The gradients of the student's hidden states, and of its head if it is trained, are known with the loss: those of its logits are
    softmax(student) − softmax(teacher).
    """

    @staticmethod
    def forward(context, student: torch.Tensor, teacher: torch.Tensor, student_head: torch.Tensor, teacher_head: torch.Tensor):
        """Normalised hidden states [positions, embedding] and heads [vocabulary, embedding], bfloat16."""
        gradient = torch.empty_like(student)
        head_gradient = torch.zeros(student_head.shape) if student_head.requires_grad else None
        total = 0.0
        for begin in range(0, len(student), CHUNK):
            part = slice(begin, begin + CHUNK)
            logits = F.linear(student[part], student_head), F.linear(teacher[part], teacher_head)
            divergence, of_logits = divergence_of_logits(*logits)
            gradient[part] = of_logits @ student_head
            if head_gradient is not None:
                head_gradient += of_logits.T @ student[part]
            total += divergence.item()
        context.save_for_backward(gradient)
        context.head_gradient = head_gradient
        context.positions = len(student)
        return student.new_tensor(total / len(student), dtype=torch.float32)

    @staticmethod
    def backward(context, outer):
        (gradient,) = context.saved_tensors
        share = outer / context.positions
        of_head = None if context.head_gradient is None else (context.head_gradient * share).to(gradient.dtype)
        return gradient * share.to(gradient.dtype), None, of_head, None


@torch.compile(dynamic=False)
def divergence_of_logits(student: torch.Tensor, teacher: torch.Tensor):
    """The sum over logits [positions, vocabulary], bfloat16, and its gradient with respect to the student's."""
    student, teacher = student.float(), teacher.float()
    student_sum, teacher_sum = student.logsumexp(-1, keepdim=True), teacher.logsumexp(-1, keepdim=True)
    probability = (teacher - teacher_sum).exp()
    divergence = (probability * (teacher - student)).sum() + (student_sum - teacher_sum).sum()
    return divergence, ((student - student_sum).exp() - probability).bfloat16()


def hidden_error(student: torch.Tensor, teacher: torch.Tensor, deviation: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of hidden states, each element in units of its deviation over the teacher's tokens."""
    return ((student - teacher) / deviation).pow(2).mean()

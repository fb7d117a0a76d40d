# SPDX-License-Identifier: Apache-2.0
import torch
import torch.nn.functional as F

from dendra_training import llama
from dendra_training.loss import HeadDivergence, hidden_error
from dendra_training.optimizer import MatrixAdam


def test_attention_is_that_of_torch():
    random = torch.Generator().manual_seed(6)
    q = torch.randn(2, 6, 200, 16, generator=random)
    k, v = torch.randn(2, 2, 2, 200, 16, generator=random)
    expected = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    torch.testing.assert_close(llama.attention(q, k, v), expected, rtol=1e-4, atol=1e-5)


def test_rotation_keeps_lengths_and_depends_on_distance_alone():
    shape = llama.LlamaShape(1, 64, 64, 2, 2, 8, 1e-5, 10000.0)
    x = torch.randn(1, 1, 2, 32, generator=torch.Generator().manual_seed(7)).expand(1, 20, 2, 32)
    turned = llama.rotate(x, llama.rotations(shape, 20))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    products = torch.einsum("pd,qd->pq", turned[0, :, 0], turned[0, :, 0])
    torch.testing.assert_close(products[3, 7], products[10, 14], rtol=1e-4, atol=1e-4)
    assert abs(products[3, 7] - products[3, 12]) > 1e-3


def test_divergence_and_its_gradient_are_those_of_autograd():
    random = torch.Generator().manual_seed(8)
    student = torch.randn(300, 32, generator=random).bfloat16().requires_grad_()
    teacher = torch.randn(300, 32, generator=random).bfloat16()
    heads = [torch.randn(512, 32, generator=random).bfloat16() / 4 for _ in range(2)]
    heads[0].requires_grad_()
    loss = HeadDivergence.apply(student, teacher, *heads)
    (3 * loss).backward()
    exact, exact_head = (tensor.detach().float().requires_grad_() for tensor in (student, heads[0]))
    expected = F.kl_div(
        F.log_softmax(exact @ exact_head.T, -1), F.log_softmax(teacher.float() @ heads[1].float().T, -1),
        log_target=True, reduction="batchmean",
    )
    (3 * expected).backward()
    torch.testing.assert_close(loss, expected, rtol=1e-2, atol=1e-3)
    torch.testing.assert_close(student.grad.float(), exact.grad, rtol=5e-2, atol=5e-4)
    torch.testing.assert_close(heads[0].grad.float(), exact_head.grad, rtol=5e-2, atol=2e-3)


def test_hidden_error_is_in_units_of_the_deviation():
    teacher = torch.zeros(2, 3, 4, 5)
    deviation = torch.full((3, 1, 5), 2.0)
    assert hidden_error(teacher + 4, teacher, deviation).item() == 4


def test_adam_is_that_of_torch_and_leaves_the_dead_alone():
    random = torch.Generator().manual_seed(9)
    live = torch.rand(16, 32, generator=random) < 0.5
    matrix = torch.zeros(16, 32)
    ours = MatrixAdam(matrix, (0.9, 0.98), 1e-12)
    expected = torch.zeros(16, 32, requires_grad=True)
    reference = torch.optim.Adam([expected], lr=0.01, betas=(0.9, 0.98), eps=1e-12)
    for _ in range(5):
        gradient = torch.randn(16, 32, generator=random).bfloat16()
        ours.step(matrix, live, gradient, 0.01)
        expected.grad = gradient.float()
        reference.step()
    torch.testing.assert_close(matrix, expected.detach() * live, rtol=1e-4, atol=1e-6)

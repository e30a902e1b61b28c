"""What the student is asked for: find the partner among many, and see English as the teacher does.

Every similarity is computed in bfloat16, which is several times faster and far below the noise.
"""

import torch
from torch import Tensor
from torch.nn import functional


def contrastive(queries: Tensor, passages: Tensor, temperature: float) -> Tensor:
    """Cross entropy of each text's partner against the block, in both directions.

    InfoNCE, van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding".

    Args:
        queries: (n, d) unit rows.
        passages: (n, d) unit rows; row i is the partner of query i.
        temperature: what the cosines are divided by.
    """
    scores = (queries.bfloat16() @ passages.bfloat16().T).float() / temperature  # (n, n)
    partner = torch.arange(len(queries), device=scores.device)
    forth = functional.cross_entropy(scores, partner)
    back = functional.cross_entropy(scores.T, partner)
    return (forth + back) / 2


def distillation(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """How far the student's view of a block is from the teacher's: KL over each row.

    Args:
        student: (n, d) unit rows.
        teacher: (n, t) unit rows of the same texts.
        temperature: what both sides' cosines are divided by.
    """
    itself = torch.eye(len(student), dtype=torch.bool, device=student.device)
    wanted = (teacher @ teacher.T / temperature).masked_fill(itself, -1e4).softmax(dim=1)
    scores = (student.bfloat16() @ student.bfloat16().T).float() / temperature
    given = scores.masked_fill(itself, -1e4).log_softmax(dim=1)
    return functional.kl_div(given, wanted, reduction="batchmean")

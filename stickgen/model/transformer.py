"""The wiring: conditioning, frames, encoder, heads.

Shape letters: T frames, B batch, d model width, P pose width, A actions, E embedding width.
Motion tensors are time-major, `[T, B, …]`.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from stickgen.config import IMAGE_CAMERA_DIM, ModelConfig
from stickgen.model.fusion import FUSION_CLASSES
from stickgen.model.image_encoders import IMAGE_ENCODER_BUILDERS
from stickgen.model.layers import TransformerEncoder, decoder_head, projection

ACTION_EMBEDDING_DIM = 64
CAMERA_DIM = 3
PHYSICS_DIM = 6
ENVIRONMENT_DIM = 32


class MotionOutput(NamedTuple):
    """What the six heads say."""

    pose: Tensor  # [T, B, P]
    position: Tensor  # [B, 2]
    velocity: Tensor  # [B, 2]
    action_logits: Tensor  # [T, B, A]
    physics: Tensor  # [T, B, 6]: vx, vy, ax, ay, momentum x, momentum y
    environment: Tensor  # [B, 32]


class StickFigureTransformer(nn.Module):
    """Text, and optionally an image and a camera, to stick-figure motion.

    Attribute names are those of Stick-Gen's checkpoints, so that a `state_dict` of one loads as it is.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        d, width, dropout = config.d_model, config.embedding_dim, config.dropout
        self.text_projection = nn.Sequential(
            nn.Linear(width, 2 * d),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(2 * d, d),
            nn.LayerNorm(d),
            nn.Dropout(dropout),
        )
        self.motion_embedding = projection(config.pose_dim, d // 2, d, dropout)
        self.action_embedding = nn.Embedding(config.num_actions, ACTION_EMBEDDING_DIM)
        self.action_projection = nn.Sequential(nn.Linear(ACTION_EMBEDDING_DIM, d), nn.LayerNorm(d), nn.Dropout(dropout))
        self.camera_projection = projection(CAMERA_DIM, d // 4, d, dropout)
        self.partner_projection = projection(config.pose_dim, d // 2, d, dropout)
        self.transformer_encoder = TransformerEncoder(
            d, config.num_layers, config.num_heads, config.feedforward_factor * d, dropout
        )
        self.pose_decoder = decoder_head(d, d // 2, config.pose_dim, dropout)
        self.position_decoder = decoder_head(d, d // 4, 2, dropout)
        self.velocity_decoder = decoder_head(d, d // 4, 2, dropout)
        self.action_predictor = decoder_head(d, d // 2, config.num_actions, dropout)
        self.physics_decoder = decoder_head(d, d // 2, PHYSICS_DIM, dropout)
        self.environment_decoder = decoder_head(d, d // 2, ENVIRONMENT_DIM, dropout)
        if config.image_encoder is not None and config.fusion is not None:
            self.image_encoder = IMAGE_ENCODER_BUILDERS[config.image_encoder](width, config.image_size)
            self.fusion_module = FUSION_CLASSES[config.fusion](
                text_dim=width,
                image_dim=width,
                camera_dim=IMAGE_CAMERA_DIM,
                output_dim=width,
                dropout=dropout,
            )

    def forward(
        self,
        motion: Tensor,
        text_embedding: Tensor,
        action_sequence: Tensor | None = None,
        camera_data: Tensor | None = None,
        partner_motion: Tensor | None = None,
        image_tensor: Tensor | None = None,
        image_camera_pose: Tensor | None = None,
        causal: bool = False,
    ) -> MotionOutput:
        """Predict, for each frame, what follows it.

        Args:
            motion: `[T, B, P]` poses.
            text_embedding: `[B, E]`.
            action_sequence: `[T, B]` action indices.
            camera_data: `[T, B, 3]` camera x, y, zoom a frame.
            partner_motion: `[T, B, P]` poses of a second figure.
            image_tensor: `[B, 3, S, S]` in 0..1;
                without it a multimodal model behaves like a motion-only one.
            image_camera_pose: `[B, 7]`, the camera that took the image; without an image it has no effect.
            causal: Whether a frame sees only itself, the frames before it and the text.

        Raises:
            ValueError: An image is given to a motion-only model.
        """
        token = self.condition(text_embedding, image_tensor, image_camera_pose)  # [1, B, d]
        frames = self.embed(motion, action_sequence, camera_data, partner_motion)  # [T, B, d]
        encoded = self.transformer_encoder(torch.cat((token, frames)), causal)[1:]  # [T, B, d]
        return self.decode(encoded)

    def condition(
        self,
        text_embedding: Tensor,
        image_tensor: Tensor | None = None,
        image_camera_pose: Tensor | None = None,
    ) -> Tensor:
        """The text token that stands in front of the frames: `[1, B, d]`."""
        condition = text_embedding  # [B, E]
        if image_tensor is not None:
            if not self.config.is_multimodal:
                raise ValueError("this model is motion-only and takes no image: build it with an image_encoder")
            condition = self.fusion_module(condition, self.image_encoder(image_tensor), image_camera_pose)  # [B, E]
        return self.text_projection(condition).unsqueeze(0)  # [1, B, d]

    def embed(
        self,
        motion: Tensor,
        action_sequence: Tensor | None = None,
        camera_data: Tensor | None = None,
        partner_motion: Tensor | None = None,
    ) -> Tensor:
        """Frames as the encoder takes them: `[T, B, P] -> [T, B, d]`, the optional inputs added on."""
        frames = self.motion_embedding(motion)
        if action_sequence is not None:
            frames = frames + self.action_projection(self.action_embedding(action_sequence))
        if camera_data is not None:
            frames = frames + self.camera_projection(camera_data)
        if partner_motion is not None:
            frames = frames + self.partner_projection(partner_motion)
        return frames

    def decode(self, encoded: Tensor) -> MotionOutput:
        """Encoder output `[T, B, d]` to the six heads; the last three are read off the mean over frames."""
        pooled = encoded.mean(dim=0)  # [B, d]
        return MotionOutput(
            pose=self.pose_decoder(encoded),
            position=self.position_decoder(pooled),
            velocity=self.velocity_decoder(pooled),
            action_logits=self.action_predictor(encoded),
            physics=self.physics_decoder(encoded),
            environment=self.environment_decoder(pooled),
        )

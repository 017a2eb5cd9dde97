from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri
from onnxruntime import InferenceSession


class OnnxModel(MLModel):
    async def load(self) -> bool:
        self.session = InferenceSession(await get_model_uri(self.settings))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        feed = {tensor.name: NumpyCodec.decode_input(tensor) for tensor in payload.inputs}
        names = [tensor.name for tensor in self.session.get_outputs()]
        outputs = [
            NumpyCodec.encode_output(name, rows)
            for name, rows in zip(names, self.session.run(names, feed), strict=True)
        ]
        return InferenceResponse(model_name=self.name, outputs=outputs)

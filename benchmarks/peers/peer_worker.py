#!/usr/bin/env python3
"""A peer's side of a paired comparison; see icolorit_worker.cpp for the protocol.

    peer_worker.py eager|compile|onnxruntime|openvino|onnxruntime-int8 forward|training FOLDER THREADS

Every peer runs the executable specification's network. eager, compile: PyTorch, the latter with Inductor and frozen
weights. onnxruntime: all graph optimisations; -int8: its dynamic quantisation of all linear
layers. openvino: compiled for latency, in f32. Training is for eager alone.
"""
import pathlib
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / 'shared' / 'reference'))
import icolorit_reference as reference  # noqa: E402


def training(model, lab, mask):
    # The published rule: decay for tensors of rank 2 and more.
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{'params': decayed}, {'params': others, 'weight_decay': 0.}], lr=1e-4,
                                  betas=(.9, .95), weight_decay=.05)
    tokens = lambda ab: ab.view(len(lab), -1, model.patch ** 2, 2)
    target = tokens(reference.pixel_unshuffle(lab[:, 1:], model.patch))

    def run():
        optimizer.zero_grad()
        loss = reference.l1_loss(tokens(model(lab, mask)), target)
        loss.backward()
        optimizer.step()
        return loss.item()

    run(), run()
    return run, run()


def torch_forward(model, lab, mask, compiled):
    if compiled:
        import torch._inductor.config as inductor
        inductor.freezing = True
        model = torch.compile(model)

    def run():
        with torch.no_grad() if compiled else torch.inference_mode():
            return model(lab, mask).numpy()

    return run


def onnx_forward(model, lab, mask, folder, threads, int8):
    import onnxruntime
    path = folder / 'network.onnx'
    torch.onnx.export(model, (lab, mask), str(path), input_names=['lab', 'mask'], output_names=['ab'], dynamo=True,
                      external_data=False, verbose=False)
    if int8:
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from onnxruntime.quantization.shape_inference import quant_pre_process
        quant_pre_process(str(path), str(folder / 'prepared.onnx'), skip_symbolic_shape=True)
        path = folder / 'int8.onnx'
        quantize_dynamic(str(folder / 'prepared.onnx'), str(path), weight_type=QuantType.QInt8, per_channel=True,
                         op_types_to_quantize=['MatMul', 'Gemm'])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    feed = {'lab': lab.numpy(), 'mask': mask.numpy()}
    return lambda: session.run(None, feed)[0]


def openvino_forward(model, lab, mask, threads):
    import openvino
    network = openvino.convert_model(model, example_input=(lab, mask), input=[tuple(lab.shape), tuple(mask.shape)])
    compiled = openvino.Core().compile_model(network, 'CPU', {
        'INFERENCE_NUM_THREADS': threads, 'PERFORMANCE_HINT': 'LATENCY', 'INFERENCE_PRECISION_HINT': 'f32'})
    request, inputs = compiled.create_infer_request(), [lab.numpy(), mask.numpy()]
    return lambda: request.infer(inputs)[0]


def main():
    peer, workload, folder, threads = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    checkpoint = torch.load(folder / 'checkpoint.pth', weights_only=False)
    model = reference.IColoriT(**checkpoint['config'])
    model.load_state_dict(checkpoint['model'])
    lab, mask = (torch.from_numpy(np.load(folder / f'{name}.npy')) for name in ('lab', 'mask'))

    if workload == 'training':
        run, value = training(model, lab, mask)
    else:
        model.eval()
        if peer in ('eager', 'compile'):
            run = torch_forward(model, lab, mask, peer == 'compile')
        elif peer == 'openvino':
            run = openvino_forward(model, lab, mask, threads)
        else:
            run = onnx_forward(model, lab, mask, folder, threads, peer == 'onnxruntime-int8')
        value = np.abs(run()).mean()

    print(f'ready {value:.9g}', flush=True)
    for line in sys.stdin:
        count = int(line.split()[1])
        start = time.perf_counter()
        for _ in range(count):
            run()
        print(time.perf_counter() - start, flush=True)


if __name__ == '__main__':
    main()

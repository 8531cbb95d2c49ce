#!/usr/bin/env python3
"""A peer's side of a paired comparison; see worker.hpp for the protocol.

    peer_worker.py eager|compile|onnxruntime|openvino|onnxruntime-int8 forward|training FOLDER THREADS
    peer_worker.py eager|compile forward|training FOLDER THREADS f32|bf16|f16     on a GPU, in this precision
    peer_worker.py ceilings f32|bf16|f16     a GPU's TFLOP/s in large matrix products and GB/s in copies

Every peer runs the network of tests/golden/specification.py. eager, compile: PyTorch, the latter with Inductor and frozen
weights. onnxruntime: all graph optimisations; -int8: its dynamic quantisation of all linear
layers. openvino: compiled for latency, in f32. Training on the CPU is for eager alone.

On a GPU, inference converts the network to the precision, training uses automatic mixed precision with the fused AdamW
(f16 with a fixed loss scale, as our side has it); compile is Inductor's max-autotune, which records CUDA graphs.
Inputs and results stay on the device.
"""
import contextlib
import pathlib
import sys
import time

import numpy as np
import torch

import reference

DTYPES = {'f32': torch.float32, 'bf16': torch.bfloat16, 'f16': torch.float16}


def gpu_ceilings(precision):
    def best_seconds(f, runs=20):
        times = []
        for _ in range(runs):
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            f()
            end.record()
            end.synchronize()
            times.append(start.elapsed_time(end) / 1e3)
        return min(times)

    side = 8192
    a, b = (torch.randn(side, side, device='cuda', dtype=DTYPES[precision]) for _ in range(2))
    gigabyte = torch.empty(1 << 30, device='cuda', dtype=torch.uint8)
    other = torch.empty_like(gigabyte)
    flops = 2 * side ** 3 / best_seconds(lambda: torch.mm(a, b))
    bytes_moved = 2 * gigabyte.numel() / best_seconds(lambda: other.copy_(gigabyte))
    print(f'{flops / 1e12:.1f} {bytes_moved / 1e9:.0f}')


def gpu_forward(model, lab, mask, compiled, precision):
    dtype = DTYPES[precision]
    model, lab, mask = model.cuda().to(dtype), lab.cuda().to(dtype), mask.cuda().to(dtype)
    if compiled:
        model = torch.compile(model, mode='max-autotune')

    @torch.inference_mode()
    def run():
        ab = model(lab, mask)
        torch.cuda.synchronize()
        return ab

    for _ in range(3):  # compilation, and what is recorded
        run()
    return run, lambda: run().float().abs().mean().item()


def gpu_training(model, lab, mask, compiled, precision):
    model, lab, mask = model.cuda(), lab.cuda(), mask.cuda()
    optimizer = adamw(model, fused=True)
    network = torch.compile(model, mode='max-autotune') if compiled else model
    tokens = lambda ab: ab.reshape(len(lab), -1, model.patch ** 2, 2)
    target = tokens(reference.pixel_unshuffle(lab[:, 1:], model.patch))
    mixed = contextlib.nullcontext() if precision == 'f32' else torch.autocast('cuda', DTYPES[precision])
    scaler = torch.amp.GradScaler('cuda', init_scale=65536., growth_interval=1 << 30, enabled=precision == 'f16')

    def run():
        optimizer.zero_grad()
        with mixed:
            loss = reference.l1_loss(tokens(network(lab, mask)).float(), target)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        value = loss.item()
        torch.cuda.synchronize()
        return value

    run(), run()
    return run, run()


def adamw(model, **options):
    # The published rule: decay for tensors of rank 2 and more.
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    return torch.optim.AdamW([{'params': decayed}, {'params': others, 'weight_decay': 0.}], lr=1e-4, betas=(.9, .95),
                             weight_decay=.05, **options)


def training(model, lab, mask):
    optimizer = adamw(model)
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
    if sys.argv[1] == 'ceilings':
        return gpu_ceilings(sys.argv[2])
    peer, workload, folder, threads = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
    precision = sys.argv[5] if len(sys.argv) > 5 else None
    torch.set_num_threads(threads)
    checkpoint = torch.load(folder / 'checkpoint.pth', weights_only=False)
    model = reference.IColoriT(**checkpoint['config'])
    model.load_state_dict(checkpoint['model'])
    lab, mask = (torch.from_numpy(np.load(folder / f'{name}.npy')) for name in ('lab', 'mask'))

    if precision and workload == 'training':
        run, value = gpu_training(model, lab, mask, peer == 'compile', precision)
    elif precision:
        run, measure = gpu_forward(model.eval(), lab, mask, peer == 'compile', precision)
        value = measure()
    elif workload == 'training':
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

"""The command: it learns, survives kill -9 with the same numbers, and two processes equal one."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from helpers.pretraining import (
    FIRST_WORD_ID,
    MASK_ID,
    CheckpointError,
    Settings,
    load,
    pretrain,
    pretraining_vocabulary,
    sentinel_ids,
    word_ids,
)
from helpers.pretraining import run as command
from helpers.pretraining.__main__ import main
from helpers.pretraining.checkpoints import save
from helpers.pretraining.run import make
from helpers.training import Diverged

SMALL = Settings(
    documents=100,
    examples=100,
    width=16,
    heads=2,
    layers=1,
    inner=16,
    batch=16,
    steps=8,
    warmup=2,
    dropout=0.1,
)
OBJECTIVES = ["mlm+nsp", "next-token", "spans"]


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.delenv("WORLD_SIZE", raising=False)


def arguments(settings, out, *more):
    """The command line of some settings."""
    given = []
    for name, value in vars(settings).items():
        if value is True:
            given.append(f"--{name.replace('_', '-')}")
        elif value not in (False, None):
            given += [f"--{name.replace('_', '-')}", str(value)]
    return [*given, "--out", str(out), *map(str, more)]


def same_run(got, wanted):
    assert got.curve == wanted.curve  # to the last bit
    for name, value in wanted.model.state_dict().items():
        assert torch.equal(got.model.state_dict()[name], value), name


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_learns_and_can_be_loaded(objective, tmp_path):
    settings = replace(SMALL, objective=objective, steps=24, lr=2e-2, dropout=0.0)
    before = torch.get_rng_state()
    run = pretrain(settings, tmp_path / "out")
    assert torch.equal(torch.get_rng_state(), before)
    losses = run.curve["loss"]
    assert len(losses) == 24 and sum(losses[-5:]) < 0.9 * sum(losses[:5])
    parts = [values for name, values in run.curve.items() if name not in ("loss", "lr")]
    assert [sum(values) for values in zip(*parts, strict=True)] == pytest.approx(losses)
    again = load(tmp_path / "out")
    same_run(again, run)
    assert again.settings == settings and again.vocabulary.tokens == run.vocabulary.tokens
    saved = json.loads((tmp_path / "out" / "curve.json").read_text())
    assert saved["curve"] == run.curve and saved["settings"]["objective"] == objective
    assert max(run.curve["lr"]) == pytest.approx(2e-2)


@pytest.mark.parametrize(
    "objective", [OBJECTIVES[0], *(pytest.param(o, marks=pytest.mark.slow) for o in OBJECTIVES[1:])]
)
def test_a_run_that_broke_off_ends_with_the_same_numbers(objective, tmp_path, monkeypatch):
    settings = replace(SMALL, objective=objective)
    whole = pretrain(settings)
    step = command._backward

    def breaks(*args):
        breaks.left -= 1
        if breaks.left < 0:
            raise RuntimeError("the power is off")
        return step(*args)

    for breaks.left in (4, 2):  # after step 4, checkpoint at 3; then after step 5
        monkeypatch.setattr(command, "_backward", breaks)
        with pytest.raises(RuntimeError, match="power"):
            pretrain(settings, tmp_path, every=3)
    assert len(load(tmp_path).curve["loss"]) == 3
    monkeypatch.setattr(command, "_backward", step)
    same_run(pretrain(settings, tmp_path, every=3), whole)
    same_run(pretrain(settings, tmp_path), whole)  # nothing is left to do
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "curve.json"]


def test_a_kill_while_writing_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    def breaks(state, file):
        file.write(b"half a check")
        raise RuntimeError("the power is off")

    pretrain(SMALL, tmp_path)
    monkeypatch.setattr(torch, "save", breaks)
    with pytest.raises(RuntimeError):
        save(tmp_path / "checkpoint.pt", load(tmp_path), torch.optim.SGD([torch.ones(1)]))
    assert len(load(tmp_path).curve["loss"]) == 8


def test_the_seed_decides_everything():
    one, again, other = (pretrain(replace(SMALL, seed=seed, steps=3)) for seed in (0, 0, 1))
    same_run(again, one)
    assert other.curve != one.curve


def test_the_mean_loss_is_that_of_the_whole_batch():
    """By hand, for the first step: losses of the two tasks, averaged over words and over pairs."""
    settings = replace(SMALL, dropout=0.0)
    torch.manual_seed(settings.seed)
    task, _ = make(settings)
    batch = task.batch(*command._draw(settings, task.examples, 0))
    words, follows = task.model(batch["tokens"], batch["segments"])
    mlm = torch.nn.functional.cross_entropy(words, batch["targets"])
    nsp = torch.nn.functional.cross_entropy(follows, batch["follows"])
    curve = pretrain(settings).curve
    assert curve["mlm"][0] == pytest.approx(mlm.item(), rel=1e-5)
    assert curve["nsp"][0] == pytest.approx(nsp.item(), rel=1e-5)


def test_an_epoch_sees_every_example_once():
    seen = torch.cat([command._draw(SMALL, 100, step)[0] for step in range(6)])  # 6 x 16 = 96
    assert seen.unique().numel() == 96
    following = command._draw(SMALL, 100, 6)[0]
    assert not torch.equal(following, seen[:16])


def test_one_vocabulary_for_all():
    made = [make(replace(SMALL, objective=objective))[1].tokens for objective in OBJECTIVES]
    assert made[0] == made[1] == made[2] and "not" in made[0]
    vocabulary = pretraining_vocabulary(["a b a", "c a b"], size=2, more=["b", "z"], sentinels=3)
    wanted = "[CLS] [SEP] [MASK] a b z <extra_0> <extra_1> <extra_2>"
    assert " ".join(vocabulary.tokens[4:]) == wanted
    assert vocabulary.encode(["[MASK]", "a"]) == [MASK_ID, FIRST_WORD_ID]
    assert (word_ids(vocabulary), sentinel_ids(vocabulary)) == (range(7, 10), range(10, 13))


def test_a_text_file_of_ones_own(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("눈이 온다 .\n바람이 분다 .\n\n해가 뜬다 .\n달이 진다 .\n" * 20)
    settings = replace(SMALL, text=str(text), tokens="characters", steps=2, vocabulary=9)
    run = pretrain(settings, tmp_path / "out")
    assert len(run.vocabulary) == 7 + 9 + 8 and "눈" in load(tmp_path / "out").vocabulary
    for objective in OBJECTIVES[1:]:
        pretrain(replace(settings, objective=objective, time=7, steps=1))


def test_mistakes_are_sentences(tmp_path, monkeypatch):
    pretrain(SMALL, tmp_path / "out")
    for settings, out, message in (
        (replace(SMALL, width=32), tmp_path / "out", "width 16 -> 32.*another"),
        (replace(SMALL, documents=3, objective="spans"), tmp_path / "a", "3 examples do not fill"),
        (replace(SMALL, text=str(tmp_path / "no.txt")), tmp_path / "b", "no.txt"),
        (replace(SMALL, heads=3), tmp_path / "c", "does not divide"),
        (replace(SMALL, lr=1e30), tmp_path / "d", "the loss is .* smaller --lr"),
    ):
        with pytest.raises(SystemExit, match=f"(?s)pretraining: .*{message}"):
            main(arguments(settings, out))
    with pytest.raises(Diverged):
        pretrain(replace(SMALL, lr=1e30))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--steps", "0"], "steps=0"),
        (["--batch", "-1"], "batch=-1"),
        (["--vocabulary", "0"], "vocabulary=0"),
        (["--clip", "0"], "clip=0.0"),
        (["--every", "0"], "every=0"),
        (["--time", "4"], "limit=4"),
        (["--lr", "-1"], "rate: -1"),
        (["--text", "."], "directory"),
    ],
)
def test_flags_that_make_no_sense(flags, message, tmp_path):
    with pytest.raises(SystemExit, match=f"pretraining: .*{message}"):
        main([*arguments(SMALL, tmp_path / "out"), *flags])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "other"])
def test_a_damaged_checkpoint_is_not_trained_further(harm, tmp_path):
    pretrain(SMALL, tmp_path)
    path = tmp_path / "checkpoint.pt"
    whole = path.read_bytes()
    half = len(whole) // 2
    flipped = whole[:half] + bytes([whole[half] ^ 255]) + whole[half + 1 :]
    path.write_bytes({"flip": flipped, "cut": whole[:half], "empty": b"", "other": b""}[harm])
    if harm == "other":
        torch.save({"weight": torch.ones(2)}, path)
    with pytest.raises(SystemExit, match="checkpoint.pt is (damaged: delete it|not a checkpoint)"):
        main(arguments(SMALL, tmp_path))
    with pytest.raises(CheckpointError):
        load(tmp_path)


def test_another_text_is_another_run(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("one two three\nfour five six\n\nseven eight\nnine ten\n" * 20)
    settings = replace(SMALL, text=str(text), steps=2)
    pretrain(settings, tmp_path / "out")
    text.write_text("one two three\nfour five six\n\nseven eight\nten nine\n" * 20)  # same words
    with pytest.raises(ValueError, match=r"text.txt has changed since .*another --out"):
        pretrain(settings, tmp_path / "out")


def test_a_folder_that_cannot_be_written_fails_before_the_first_step(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(command, "_backward", lambda *_: pytest.fail("it trained"))
    with pytest.raises(SystemExit, match="cannot write .*curve.json: (File exists|Not a dir)"):
        main(arguments(SMALL, tmp_path / "file"))


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path):
    """No file may grow beyond 20,000 bytes: the curve may be written, the next checkpoint not."""
    main(arguments(replace(SMALL, steps=1), tmp_path / "small"))
    assert (tmp_path / "small" / "checkpoint.pt").stat().st_size > 20_000
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(SystemExit, match="cannot write .*checkpoint.pt: File too large"):
            main(arguments(SMALL, tmp_path / "new"))
        with pytest.raises(CheckpointError):
            save(
                tmp_path / "small" / "checkpoint.pt",
                load(tmp_path / "small"),
                torch.optim.SGD([torch.ones(1)]),
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["curve.json"]
    assert len(load(tmp_path / "small").curve["loss"]) == 1
    assert len(list((tmp_path / "small").iterdir())) == 2  # nothing half-written
    main(arguments(SMALL, tmp_path / "new"))


def test_the_curve_on_the_disk_is_that_of_the_checkpoint(tmp_path):
    """Killed between the two files, the next start writes the other one again."""
    run = pretrain(SMALL, tmp_path)
    (tmp_path / "curve.json").unlink()
    pretrain(SMALL, tmp_path)
    assert json.loads((tmp_path / "curve.json").read_text())["curve"] == run.curve


def test_an_interrupted_run_says_how_to_go_on(tmp_path, monkeypatch):
    step, left = command._backward, [3]

    def interrupted(*args):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(command, "_backward", interrupted)
    for message in ("starts anew", "goes on from .*checkpoint.pt"):
        every, left[0] = (5, 3) if "anew" in message else (2, 3)
        with pytest.raises(SystemExit, match=f"interrupted; the same command {message}"):
            main(arguments(SMALL, tmp_path, "--every", every))
    monkeypatch.setattr(command, "_backward", step)
    main(arguments(SMALL, tmp_path))
    same_run(load(tmp_path), pretrain(SMALL))


def test_the_command_says_what_it_made(tmp_path, capsys):
    main(arguments(SMALL, tmp_path))
    assert "parameters" in (said := capsys.readouterr().out) and str(tmp_path) in said
    same_run(load(tmp_path), pretrain(SMALL))


def start(command_line, **environment):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    return subprocess.Popen(
        [sys.executable, "-m", *command_line],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
def test_kill_minus_nine_loses_nothing(tmp_path):
    settings = replace(SMALL, steps=200)
    line = ["helpers.pretraining", *arguments(settings, tmp_path / "out", "--every", 7)]
    process = start(line)
    deadline = time.monotonic() + 120
    while not (tmp_path / "out" / "checkpoint.pt").exists():
        assert process.poll() is None and time.monotonic() < deadline, process.stdout.read()
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert 0 < len(load(tmp_path / "out").curve["loss"]) < 200
    again = start(line)
    assert again.wait(timeout=300) == 0, again.stdout.read()
    same_run(load(tmp_path / "out"), load_of_one_process(settings, tmp_path / "whole"))


def load_of_one_process(settings, out):
    process = start(["helpers.pretraining", *arguments(settings, out)])
    assert process.wait(timeout=300) == 0, process.stdout.read()
    return load(out)


@pytest.mark.slow
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_two_processes_equal_one(objective, tmp_path):
    settings = replace(SMALL, objective=objective, dropout=0.0)
    launch = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    process = start([*launch, "helpers.pretraining", *arguments(settings, tmp_path, "--every", 5)])
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert said.count("parameters") == 1  # one of them reports
    two, one = load(tmp_path), pretrain(settings)
    for name, values in one.curve.items():
        assert two.curve[name] == pytest.approx(values, rel=1e-4, abs=1e-6), name
    for name, value in one.model.state_dict().items():
        if not name.endswith("key.bias"):  # no effect on the softmax: Adam scales rounding up
            torch.testing.assert_close(two.model.state_dict()[name], value, rtol=0, atol=1e-3)


@pytest.mark.slow
def test_machines_that_do_not_see_the_same_folder_say_so(tmp_path):
    pretrain(replace(SMALL, dropout=0.0), tmp_path / "0")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    processes = [
        start(
            ["helpers.pretraining", *arguments(replace(SMALL, dropout=0.0), tmp_path / str(rank))],
            **{"WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_RANK": "0"},
            **{"MASTER_ADDR": "localhost", "MASTER_PORT": port},
        )
        for rank in (0, 1)
    ]
    for process in processes:
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 1 and "one process would go on from step 0" in said, said

"""SplitMix64: the first numbers of the generator, as published with its reference code."""

from __future__ import annotations

import numpy as np

from bongsu.store.microdata.bit_mixing import mix_bits

STEP = 0x9E3779B97F4A7C15


def test_the_first_numbers_of_the_generator_with_seed_0() -> None:
    # splitmix64.c (Vigna 2015), seed 0
    wanted = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC]
    states = np.array([number * STEP % 2**64 for number in range(4)], np.uint64)
    assert mix_bits(states).tolist() == wanted


def test_the_first_numbers_of_the_generator_with_seed_1234567() -> None:
    # as other implementations test it (Rosetta Code, "Pseudo-random numbers/Splitmix64")
    wanted = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    states = np.array([(1234567 + number * STEP) % 2**64 for number in range(5)], np.uint64)
    assert mix_bits(states).tolist() == wanted

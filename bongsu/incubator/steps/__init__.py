"""Steps of applications: what a workflow allows now, carried out in the transaction of the action.

| file | what it does |
| --- | --- |
| facts.py | the guards as functions of an application |
| effects.py | the effects as functions of a step |
| messages.py | tells those whom a transition names |
| take.py | takes a step |

A guard or an effect of the tables that has no function is a defect, which a test finds.
"""
